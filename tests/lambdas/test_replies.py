"""The functions on the road of replies, called in this process against the emulator."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from lambdas import mail_log, replies
from local.cloud import LocalCloud
from staygreen.adapters.ses.suppression_list import WronglySuppressed
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.replies.counters import Class

S3150 = "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. on our block list (S3150)."


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(enforce=False) as made:
        made.client("s3").create_bucket(Bucket="unread")
        made.client("secretsmanager").create_secret(Name="key", SecretString="of the hashes")
        for table in ("replies", "incidents"):
            made.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )
        yield made


@pytest.fixture
def woken(cloud, monkeypatch):
    """The functions are set up for the cloud; gives the runs that were asked for."""
    for name, value in cloud.client_variables().items():
        monkeypatch.setenv(name, value)
    for name, value in (
        ("TABLE", "incidents"),
        ("REPLIES_TABLE", "replies"),
        ("UNREAD_BUCKET", "unread"),
        ("RECIPIENT_KEY", "key"),
        ("CHECK_FUNCTION", "check"),
        ("CLUSTER", "3"),
        ("SENDER", "example"),
        ("ENVIRONMENT", "test"),
    ):
        monkeypatch.setenv(f"STAYGREEN_{name}", value)
    runs = []
    connect = boto3.client

    class Lambda:
        def invoke(self, **arguments):
            runs.append(json.loads(arguments["Payload"])["run_id"])

    monkeypatch.setattr(
        boto3, "client", lambda name, **options: Lambda() if name == "lambda" else connect(name, **options)
    )
    replies._surroundings.cache_clear()
    yield runs
    replies._surroundings.cache_clear()


def event(number, text=S3150, ip="192.0.2.10", recipient="anna@outlook.test"):
    detail = {
        "eventType": "Bounce",
        "mail": {"messageId": f"m-{ip}-{number}", "tags": {"ses:outgoing-ip": [ip]}},
        "bounce": {"bouncedRecipients": [{"emailAddress": recipient, "diagnosticCode": f"smtp; {text.format(ip=ip)}"}]},
    }
    return {"version": "0", "id": f"e-{ip}-{number}", "detail-type": "Email Bounced", "detail": detail}


def handled(*bodies):
    records = [
        {"messageId": f"q{at}", "body": body if isinstance(body, str) else json.dumps(body)}
        for at, body in enumerate(bodies)
    ]
    return [each["itemIdentifier"] for each in replies.handler({"Records": records}, None)["batchItemFailures"]]


def counted(subject):
    counters = replies._surroundings().counters
    now = datetime.now(UTC)
    found = counters.read(now.replace(hour=0, minute=0), now, (Class.OURS, Class.THEIRS))
    return sum(each.new_messages for each in found if each.combination.subject.key == subject)


def test_a_block_is_counted_once_and_wakes_the_check_a_few_times_at_most(cloud, woken):
    cloud.lease_dedicated_ip("192.0.2.10")
    assert handled(event(1), event(2), event(1)) == []
    assert handled(event(1), event(2)) == []
    assert counted("ip:192.0.2.10") == 2
    assert len(woken) == 1
    for number in range(3, 9):
        assert handled(event(number)) == []
    assert len(woken) == 3, "a minute has not passed, and a cluster is whole"


ODD_TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


@pytest.mark.parametrize(
    ("number", "odd"), list(enumerate([*ODD_TIMES, float("nan"), float("inf"), 10**400, ["2026"], {}, None, "\ud800"]))
)
def test_an_odd_time_keeps_no_reply_of_its_batch_from_being_counted(cloud, woken, number, odd):
    ip = f"192.0.2.{100 + number}"
    cloud.lease_dedicated_ip(ip)
    poison = event(2, ip=ip, recipient="half \ud800@outlook.test")
    poison["detail"]["bounce"]["timestamp"] = odd
    poison["detail"]["mail"]["timestamp"] = odd

    assert handled(event(1, ip=ip), poison, event(3, ip=ip)) == []
    assert counted(f"ip:{ip}") == 3


def test_a_message_that_fails_comes_again_alone(cloud, woken, monkeypatch):
    cloud.lease_dedicated_ip("192.0.2.150")
    read = replies.arrivals

    def failing(body, **more):
        if "poison" in body:
            raise OverflowError
        return read(body, **more)

    monkeypatch.setattr(replies, "arrivals", failing)
    assert handled(event(1, ip="192.0.2.150"), "poison", event(2, ip="192.0.2.150")) == ["q1"]
    assert counted("ip:192.0.2.150") == 2


def test_a_reply_that_cannot_be_counted_fails_alone(cloud, woken, monkeypatch):
    cloud.lease_dedicated_ip("192.0.2.151")
    count = ReplyCounters.count

    def failing(self, sightings):
        if any("poison" in one.message for one in sightings):
            raise OverflowError
        return count(self, sightings)

    monkeypatch.setattr(ReplyCounters, "count", failing)
    assert handled(event(1, ip="192.0.2.151"), event("poison", ip="192.0.2.151"), event(2, ip="192.0.2.151")) == ["q1"]
    assert counted("ip:192.0.2.151") == 2


def test_what_dynamodb_refuses_for_one_reply_fails_no_other(cloud, woken, monkeypatch):
    cloud.lease_dedicated_ip("192.0.2.152")
    one = event("long", ip="192.0.2.152")
    monkeypatch.setattr(replies.tally, "LONGEST_ID", 5000)
    one["detail"]["mail"]["messageId"] = "x" * 3000  # a key has 2,048 bytes
    assert handled(event(1, ip="192.0.2.152"), one, event(2, ip="192.0.2.152")) == ["q1"]
    assert counted("ip:192.0.2.152") == 2


def test_a_throttled_table_is_not_asked_again_for_each_reply(cloud, woken, monkeypatch):
    cloud.lease_dedicated_ip("192.0.2.153")
    asked = []

    def throttled(_self, sightings):
        asked.append(len(sightings))
        raise SourceUnavailable("busy")

    monkeypatch.setattr(ReplyCounters, "count", throttled)
    assert handled(*(event(n, ip="192.0.2.153") for n in range(3))) == ["q0", "q1", "q2"]
    assert asked == [3]


@pytest.mark.parametrize("failing", ["_wake", "_measure"])
def test_what_follows_the_count_fails_no_reply(cloud, woken, monkeypatch, failing):
    ip = {"_wake": "192.0.2.154", "_measure": "192.0.2.155"}[failing]
    cloud.lease_dedicated_ip(ip)

    def raising(*_):
        raise OSError

    monkeypatch.setattr(replies, failing, raising)
    assert handled(event(1, ip=ip)) == []
    assert counted(f"ip:{ip}") == 1


def test_replies_to_mail_of_another_sender_are_counted_by_it_alone(cloud, woken, monkeypatch):
    share = {"identities": ["ours.example"], "pools": ["ours"], "configuration_sets": []}
    cloud.client("ssm").put_parameter(Name="only", Type="String", Value=json.dumps(share))
    cloud.client("sesv2").create_dedicated_ip_pool(PoolName="ours")
    cloud.lease_dedicated_ip("192.0.2.77", "ours")
    monkeypatch.setenv("STAYGREEN_ONLY_PARAMETER", "only")

    def sent_by(number, arn="", source="", ip="192.0.2.77", kind="Bounce"):
        told = event(number, ip=ip)
        told["detail"]["mail"] |= {"sourceArn": arn, "source": source}
        if kind == "Complaint":
            told["detail"] |= {"eventType": kind, "complaint": {"complainedRecipients": [{"emailAddress": "a@b.test"}]}}
        return told

    arn = "arn:aws:ses:eu-west-1:1:identity/"
    theirs = [
        sent_by(1, f"{arn}theirs.example", "news@ours.example"),
        sent_by(2, f"{arn}news@theirs.example"),
        sent_by(3, source="news@theirs.example"),
        sent_by(4, f"{arn}theirs.example", "news@theirs.example", kind="Complaint"),
    ]
    complaints_before = cloud.client("dynamodb").scan(TableName="incidents")["Count"]
    assert handled(*theirs) == []
    assert counted("ip:192.0.2.77") == 0
    assert woken == []
    assert cloud.client("dynamodb").scan(TableName="incidents")["Count"] == complaints_before
    ours = [sent_by(11, f"{arn}ours.example"), sent_by(12, source="news@sub.ours.example"), sent_by(13)]
    assert handled(*ours) == []
    assert counted("ip:192.0.2.77") == 3
    assert woken


def test_what_concerns_a_recipient_alone_wakes_nobody(woken):
    before = counted("pool:ses-shared")
    assert handled(event(1, "550 5.1.1 user unknown", ip="203.0.113.1")) == []
    assert counted("pool:ses-shared") == before + 1
    assert woken == []


def test_what_cannot_be_read_is_kept_and_the_rest_is_counted(cloud, woken):
    assert handled("no json at all", event(1, ip="203.0.113.2"), {"detail-type": "X", "version": "9"}) == []
    kept = {each["Key"].partition("/")[0] for each in cloud.client("s3").list_objects_v2(Bucket="unread")["Contents"]}
    assert {"not_json", "unknown_version"} <= kept


def complained(number, *recipients, ip="192.0.2.20", **more):
    mail = {"messageId": f"c-{number}", "source": f"news@mail.shop-{number}.example", "tags": {"ses:outgoing-ip": [ip]}}
    named = [{"emailAddress": each} for each in recipients]
    complaint = {"complainedRecipients": named, "timestamp": f"2026-11-24T11:0{number}:00.000Z", **more}
    detail = {"eventType": "Complaint", "mail": mail, "complaint": complaint}
    return {"version": "0", "id": f"c-{number}", "detail-type": "Email Complaint Received", "detail": detail}


def test_a_complaint_that_ses_tells_is_kept_once_for_the_address_and_each_name_that_may_be_an_identity(woken):
    assert handled(*[complained(1, "anna@outlook.test")] * 2) == []
    book, since = replies._surroundings().complaints, datetime(2026, 11, 24, tzinfo=UTC)
    for subject in (
        Subject(SubjectKind.IP, "192.0.2.20"),
        Subject(SubjectKind.DOMAIN, "mail.shop-1.example"),
        Subject(SubjectKind.DOMAIN, "shop-1.example"),
    ):
        (kept,) = book.of([subject], since)
        assert (kept.is_proven, kept.ip, kept.domain, kept.recipient) == (True, "192.0.2.20", "mail.shop-1.example", "")
    (named,) = book.complainers(since)
    assert named.recipient == "anna@outlook.test"
    assert woken == []


def test_nobody_is_named_where_any_of_several_may_have_complained(woken):
    before = replies._surroundings().complaints.complainers(datetime(2026, 11, 24, tzinfo=UTC))
    assert handled(complained(2, "anna@outlook.test", "bert@outlook.test", ip="192.0.2.21")) == []
    book, since = replies._surroundings().complaints, datetime(2026, 11, 24, tzinfo=UTC)
    assert book.complainers(since) == before
    assert len(book.of([Subject(SubjectKind.IP, "192.0.2.21")], since)) == 1


@pytest.mark.parametrize(
    "more", [{"complaintSubType": "OnAccountSuppressionList"}, {"complaintFeedbackType": "not-spam"}], ids=str
)
def test_what_is_no_complaint_charges_nobody(woken, more):
    assert handled(complained(3, "anna@outlook.test", ip="192.0.2.22", **more)) == []
    book = replies._surroundings().complaints
    assert book.of([Subject(SubjectKind.IP, "192.0.2.22")], datetime(2026, 11, 24, tzinfo=UTC)) == ()


def test_a_complaint_that_could_not_be_kept_goes_back_to_the_queue(woken, monkeypatch):
    monkeypatch.setenv("STAYGREEN_TABLE", "absent")
    replies._surroundings.cache_clear()
    assert handled(complained(4, "anna@outlook.test"), event(1, ip="203.0.113.4")) == ["q0"]


def test_recipients_who_are_suppressed_for_our_addresss_sake_are_found_by_their_hashes(cloud, woken):
    cloud.lease_dedicated_ip("192.0.2.30")
    said = {"ella": S3150, "bert": "550 5.1.1 user unknown", "cora": S3150, "dora": S3150}
    events = [
        event(number, text, ip="192.0.2.30" if name != "dora" else "192.0.2.31", recipient=f"{name}@outlook.test")
        for number, (name, text) in enumerate(said.items(), 50)
    ]
    cloud.lease_dedicated_ip("192.0.2.31")
    replies._surroundings.cache_clear()  # the addresses are known for a while
    assert handled(*events) == []
    ses = cloud.client("sesv2")
    for name in (*said, "never-told"):
        reason = "COMPLAINT" if name == "cora" else "BOUNCE"
        ses.put_suppressed_destination(EmailAddress=f"{name}@outlook.test", Reason=reason)
    here = replies._surroundings()
    search = WronglySuppressed(client=ses, counters=here.counters, hashed=here.hashed)
    since = datetime.now(UTC) - timedelta(hours=1)
    (found,) = search.of(Subject(SubjectKind.IP, "192.0.2.30"), since)
    assert found.entry.recipient == "ella@outlook.test"
    assert found.refusal.combination.code == "S3150"
    assert search.of(Subject(SubjectKind.IP, "192.0.2.30"), since + timedelta(hours=2)) == ()


def test_mail_that_ses_did_not_send_is_no_answer_of_a_server(woken):
    held = event(60, "", ip="203.0.113.60")
    held["detail"]["bounce"]["bounceSubType"] = "OnAccountSuppressionList"
    before = counted("pool:ses-shared")
    assert handled(held) == []
    assert counted("pool:ses-shared") == before


def test_what_can_neither_be_read_nor_kept_goes_back_to_the_queue(woken, monkeypatch):
    monkeypatch.setenv("STAYGREEN_UNREAD_BUCKET", "absent")
    replies._surroundings.cache_clear()
    assert handled(event(1, ip="203.0.113.3"), "no json at all") == ["q1"]


def test_what_could_not_be_counted_goes_back_to_the_queue(woken, monkeypatch):
    monkeypatch.setenv("STAYGREEN_REPLIES_TABLE", "absent")
    replies._surroundings.cache_clear()
    assert handled(event(1), "no json at all", {"eventType": "Send"}) == ["q0"]


def test_the_lines_of_a_log_that_tell_are_forwarded_in_messages_that_fit(cloud, woken, monkeypatch):
    queue = cloud.client("sqs")
    url = queue.create_queue(QueueName="forwarded")["QueueUrl"]
    monkeypatch.setenv("STAYGREEN_QUEUE_URL", url)
    head = "2026-11-24T11:58:00+00:00 mail postfix/smtp[7]: 4F: to=<a@b.test>, relay=x[1.2.3.4]:25, "
    line = f"{head}status=bounced (550 no)"
    events = [{"id": str(n), "timestamp": 1, "message": line + "x" * 30_000} for n in range(12)]
    events.append({"id": "n", "timestamp": 1, "message": "noise"})
    packed = gzip.compress(json.dumps({"logGroup": "g", "logStream": "s", "logEvents": events}).encode())
    answer = mail_log.handler({"awslogs": {"data": base64.b64encode(packed).decode()}}, None)
    assert answer == {"forwarded": 12}
    messages = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(messages) == 2
    assert sum(len(json.loads(each["Body"])["logEvents"]) for each in messages) == 12
