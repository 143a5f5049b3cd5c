"""What receiving and keeping reports costs in a month, beside what stands there anyway.

Prices are `data/prices.toml`, what a report is, `report` in `data/usage.toml`. The month is one in which as much goes
as comes: everything is kept as long as it is kept at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from staygreen.review.cost import Line, Usage

_DAYS = 730 / 24
_MEMORY_GB = 1.0
_GB = 1024**2
"""In KB."""


def bill(a_day: int, costs: Mapping[str, float], assumed: Usage) -> tuple[Line, ...]:
    """Every line of the bill for so many reports a day, the largest first."""
    lines = list(_lines(a_day * _DAYS, costs, assumed))
    return tuple(sorted(lines, key=lambda line: -line.usd))


def _lines(reports: float, costs: Mapping[str, float], assumed: Usage) -> Iterator[Line]:
    def of(name: str) -> float:
        return assumed.of("report", name)

    def line(what: str, basis: str, **counted: float) -> Line:
        return Line(what=what, basis=basis, usd=sum(count * costs[price] for price, count in counted.items()))

    batches = reports / of("batch")
    yield line(
        "SES receives",
        f"{reports:,.0f} mails of {of('mail_kb'):g} KB",
        ses_received_mail=reports,
        ses_received_chunk=reports * of("pieces"),
    )
    yield line(
        "S3 requests",
        "a mail is put and read, and its rows are put",
        s3_put=2 * reports,
        s3_get=reports,
    )
    mails = reports * of("mail_kb") * of("mail_months_kept") / _GB
    rows = reports * of("rows_kb") * of("months_kept") / _GB
    yield line("S3 storage", f"{mails + rows:,.1f} GB of mails and rows", s3_gb_month=mails + rows)
    seconds = reports * of("seconds") * _MEMORY_GB
    yield line(
        "Lambda",
        f"{of('seconds'):g} s a report, {of('batch'):g} reports a run",
        lambda_gb_second=seconds,
        lambda_request=batches,
    )
    yield line("SNS and SQS", "one message, and three requests a batch", sns_publish=reports, sqs_request=3 * batches)
    units = max(1.0, of("summary_kb"))
    held = reports * of("summary_kb") * of("months_kept") / _GB
    yield line(
        "DynamoDB",
        f"a summary, a mark, and the summary read eight times for its day; {held:,.1f} GB",
        dynamodb_write=reports * (units + 1),
        dynamodb_read=reports * units,
        dynamodb_gb_month=held,
        dynamodb_backup_gb_month=held,
    )
    yield line("logs", f"{of('log_kb'):g} KB a report", log_gb=reports * of("log_kb") / _GB)
    # with bucket keys S3 asks KMS for a fraction of its requests; each message on the topic is a request
    yield line("KMS", "one request a message on the topic, 1 % of those to S3", kms_request=reports * 1.02)
    asked = of("questions") * of("question_mb") / 1024**2
    yield line("Athena", f"{of('questions'):g} questions of {of('question_mb'):g} MB", athena_tb=asked)
