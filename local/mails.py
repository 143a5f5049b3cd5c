"""Mails as others write them, for tests and the demo to let arrive."""

from __future__ import annotations

_REPORT = """From: staff@hotmail.com
To: jmrp@reports.example.com
Subject: complaint about message from {ip}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A recipient reported this message.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Outlook-JMRP/2.0
Version: 1
Source-IP: {ip}
--b
Content-Type: text/rfc822-headers

From: News <news@example.com>
--b--
"""


_JUNKED = """Received: from AM0EUR01FT004.eop-EUR01.prod.protection.outlook.com
 (2603:10a6:208:2:cafe::4) by AM0PR01CA0003.outlook.office365.com (2603:10a6:208:2::3)
 with Microsoft SMTP Server (version=TLS1_3) id 15.20.9000.1; {date}
Authentication-Results: spf=pass (sender IP is {ip}) smtp.mailfrom=bounce.example.com;
 dkim=pass (signature was verified) header.d=example.com;dmarc=pass action=none
 header.from=example.com;compauth=pass reason=100
Received: from mail.example.com ({ip}) by AM0EUR01FT004.mail.protection.outlook.com
 (10.13.1.4) with Microsoft SMTP Server (version=TLS1_3) id 15.20.9000.1; {date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=k1;
 h=from:to:subject:list-unsubscribe; bh=ZmFrZQ==; b=ZmFrZQ==
Authentication-Results: mx.google.com; dmarc=pass header.from=bank.example
From: "Example Shop" <shop@example.com>
To: reader@outlook.test
Subject: Your offers of the week
Date: {date}
Message-ID: <1@example.com>
List-Unsubscribe: <https://example.com/u/1>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
X-MS-Exchange-Organization-MessageDirectionality: Incoming
X-EOPTenantAttributedMessage: 84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa:0
X-Forefront-Antispam-Report: CIP:{ip};CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;
 H:mail.example.com;PTR:mail.example.com;CAT:SPM;DIR:INB;
X-Microsoft-Antispam: BCL:4;
X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:1;dest:J;OFR:SpamFilterAuthJ;RF:JunkEmail;

The offers.
"""
_PASSED_ON = """From: {sender}
To: jmrp@reports.example.com
Subject: Fw: Your offers of the week
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

A customer found this in Junk.
--b
Content-Type: message/rfc822

{message}
--b--
"""


def junked_message(ip: str, date: str) -> str:
    """A message of example.com as a reader at Outlook.com has it, in Junk; below it a result that nobody else wrote."""
    return _JUNKED.format(ip=ip, date=date)


def passed_on(message: str, sender: str) -> str:
    """A message forwarded as attachment."""
    return _PASSED_ON.format(message=message, sender=sender)


def complaint_report(ip: str) -> str:
    """A header-only report that a message from an address was marked as spam (RFC 5965)."""
    return _REPORT.format(ip=ip)
