"""A zone file answered in process: a dnspython nameserver without a network, and pyspf's look-up."""

import dns.flags
import dns.message
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.zone


def parsed(text):
    """The zone file as dnspython reads it; every name is absolute."""
    return dns.zone.from_text(text, origin=".", relativize=False, check_origin=False)


class ZoneServer(dns.nameserver.Nameserver):
    """Answers from a zone: the records, nothing of the type, or no such name."""

    def __init__(self, text):
        super().__init__()
        self.zone = parsed(text)

    def __str__(self):
        return "in process"

    def kind(self):
        return "in process"

    def is_always_max_size(self):
        return True

    def answer_nameserver(self):
        return "127.0.0.1"

    def answer_port(self):
        return 53

    def query(self, request, *_transport, **_options):
        question = request.question[0]
        response = dns.message.make_response(request)
        response.flags |= dns.flags.RA
        rdataset = self.zone.get_rdataset(question.name, question.rdtype)
        if rdataset:
            section = (response.answer, question.name, question.rdclass, question.rdtype)
            response.find_rrset(*section, create=True).update(rdataset)
        elif not any(name.is_subdomain(question.name) for name in self.zone.nodes):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def resolver(text):
    """A resolver that asks nothing but the zone file."""
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = [ZoneServer(text)]
    return made


def spf_lookup(text):
    """A replacement for `spf.DNSLookup`."""
    zone = parsed(text)

    def look_up(name, qtype, *_args, **_kwargs):
        rdataset = zone.get_rdataset(f"{name.rstrip('.')}.", qtype) or ()
        return [((name, qtype), _pyspf_value(rdata)) for rdata in rdataset]

    return look_up


def _pyspf_value(rdata):
    if rdata.rdtype == dns.rdatatype.TXT:
        return rdata.strings
    if rdata.rdtype == dns.rdatatype.MX:
        return rdata.preference, rdata.exchange.to_text(True)
    return rdata.to_text()
