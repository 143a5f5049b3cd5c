"""Rows of reports below a folder, as they are stored in the bucket."""

import gzip
import json

from local.report_mails import aggregate_xml
from staygreen.adapters.reports.row_spool import RowSpool
from staygreen.adapters.reports.rows_bucket import key_of
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.reports.read import reports
from staygreen.core.reports.report import AggregateReport, Rows


def kept(folder, **about):
    """Keep a report's rows as they are stored; gives them."""
    summarizer, lines = Summarizer(), []
    with RowSpool(("example.com",)) as spool:
        for item in reports([aggregate_xml(**about).encode()]):
            if isinstance(item, Rows):
                spool.add(item)
                summarizer.add(item)
            elif isinstance(item, AggregateReport):
                place = folder / key_of(summarizer.end(item, is_proven=True))
                lines = list(spool.lines(item, proven=True))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(gzip.compress("".join(lines).encode()))
    return [json.loads(line) for line in lines]
