"""RSA public keys as DKIM publishes them, of any length."""

import base64

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def rsa_key(bits):
    # 512 bits are refused by the library: a modulus of any length will do for who only reads the record
    if bits < 1024:
        modulus = (1 << (bits - 1)) | 1
        numbers = b"\x02" + length(modulus.bit_length() // 8 + 1) + modulus.to_bytes(modulus.bit_length() // 8 + 1)
        inner = sequence(numbers + b"\x02\x03\x01\x00\x01")
        algorithm = sequence(bytes.fromhex("06092a864886f70d0101010500"))
        return base64.b64encode(sequence(algorithm + b"\x03" + length(len(inner) + 1) + b"\0" + inner)).decode()
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def length(octets):
    return bytes([octets]) if octets < 0x80 else bytes([0x82, octets >> 8, octets & 0xFF])


def sequence(content):
    return b"\x30" + length(len(content)) + content
