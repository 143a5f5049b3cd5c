"""RSA public keys as DKIM publishes them, of any length."""

import base64


def rsa_key(bits, number=1):
    """A key that opens nothing: an odd modulus of that length will do for who only reads the record.

    Args:
        bits: Length of the modulus.
        number: Tells keys of one length apart; odd.
    """
    octets = ((1 << (bits - 1)) | number).to_bytes(bits // 8)
    numbers = b"\x02" + length(len(octets) + 1) + b"\0" + octets
    inner = sequence(numbers + b"\x02\x03\x01\x00\x01")
    algorithm = sequence(bytes.fromhex("06092a864886f70d0101010500"))
    return base64.b64encode(sequence(algorithm + b"\x03" + length(len(inner) + 1) + b"\0" + inner)).decode()


def length(octets):
    if octets < 0x80:
        return bytes([octets])
    return bytes([0x81, octets]) if octets < 0x100 else bytes([0x82, octets >> 8, octets & 0xFF])


def sequence(content):
    return b"\x30" + length(len(content)) + content
