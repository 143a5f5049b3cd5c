"""A small DNS for the judges: what is in the table is published, `Rcode` values are failures."""

from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from staygreen.core.published.dns_cache import Answers

SILENT = [Rcode.SERVFAIL, Rcode.REFUSED, Rcode.OTHER, Rcode.TIMEOUT, Rcode.MALFORMED]
"""How a resolver fails."""


class Zone:
    """Answers from `{"name TYPE": [values] | Rcode}`; counts what it is asked."""

    def __init__(self, table):
        self.table = {key: [value] if isinstance(value, str) else value for key, value in table.items()}
        self.names = {key.rpartition(" ")[0] for key in self.table}
        self.asked = 0

    def __call__(self, questions):
        for question in questions:
            self.asked += 1
            yield self.reply(question)

    def reply(self, question):
        found = self.table.get(f"{question.name} {question.rtype.value}")
        if isinstance(found, Rcode):
            return Reply(question=question, rcode=found)
        if found is not None:
            return Reply(question=question, rcode=Rcode.NOERROR, values=tuple(found))
        exists = any(name == question.name or name.endswith(f".{question.name}") for name in self.names)
        return Reply(question=question, rcode=Rcode.NOERROR if exists else Rcode.NXDOMAIN)


def answers(table):
    return Answers(Zone(table))


def states(judged):
    """What is not OK, by cause."""
    return {each.cause: each.state.value for each in judged if each.state.value != "OK"}


def question(text):
    name, _, rtype = text.rpartition(" ")
    return Question(name, RecordType(rtype))
