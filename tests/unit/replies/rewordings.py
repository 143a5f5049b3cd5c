"""Three ways to say what a rule knows, none of them the rule's own example.

A rule that knows one server's sentence and nothing like it is no rule. Rules for a provider's code are tried with the
code in other sentences.
"""

_GODADDY = ("{} Sorry 192.0.2.10, not today. {}", "{} No. <https://www.secureserver.net/help> {}", "{} - {} - see help")
_ORANGE = ("{} mwinf5c02 ME Desole. {} [000]", "{} 5.0.0 Non, merci. {}", "{} Nous regrettons {} http://r.orange.fr/x")
_COMCAST = (
    "{} Sorry. See http://postmaster.comcast.net/smtp-error-codes.php{}",
    "{} 5.2.0 192.0.2.10 not now. Read http://postmaster.comcast.net/smtp-error-codes.php{} please",
    "{} resqmta.comcast.net has to say no: http://postmaster.comcast.net/smtp-error-codes.php{}",
)
_NETEASE = ("{} {} smtp9,abc 1764050000", "{} {} 126 mx3,please see http://mail.163.com/help/x", "{} sorry {} yeah")
_AUP = ("{} sorry. {}", "{} 192.0.2.10 turned away {} <http://help.invalid>", "{} cmsmtp ESMTP {} bye")


def _of(frames: tuple[str, ...], code: str, mark: str) -> tuple[str, ...]:
    return tuple(frame.format(code, mark) for frame in frames)


CODED = {
    "godaddy.connections": _of(_GODADDY, "550", "IB510"),
    "godaddy.busy": _of(_GODADDY, "421", "IB101"),
    "godaddy.listed": _of(_GODADDY, "554", "IB105"),
    "godaddy.reverse_dns": _of(_GODADDY, "421", "IB108"),
    "godaddy.blocked": _of(_GODADDY, "554", "IB111"),
    "godaddy.content": _of(_GODADDY, "552", "IB705"),
    "godaddy.volume": _of(_GODADDY, "550", "IB504"),
    "godaddy.spf": _of(_GODADDY, "550", "IB508"),
    "godaddy.form": _of(_GODADDY, "550", "IB501"),
    "orange.blocked": _of(_ORANGE, "550", "OFR_999"),
    "orange.connections": _of(_ORANGE, "421", "OFR004_104"),
    "orange.authentication": _of(_ORANGE, "550", "LPN007_402"),
    "orange.no_recipient": _of(_ORANGE, "550", "LPN105_416"),
    "orange.full": _of(_ORANGE, "552", "LPN007_417"),
    "orange.suspended": _of(_ORANGE, "550", "LPN007_426"),
    "orange.content": _of(_ORANGE, "550", "LPN007_510"),
    "orange.later": _of(_ORANGE, "421", "LPN003_109".replace("109", "105")),
    "comcast.blocked": _of(_COMCAST, "554", "#BL000010"),
    "comcast.dmarc": _of(_COMCAST, "550", "#DM000001"),
    "comcast.rate": _of(_COMCAST, "421", "#RL000003"),
    "netease.content": _of(_NETEASE, "554", "DT:SUM"),
    "netease.listed": _of(_NETEASE, "450", "DT:RBL"),
    "netease.reputation": _of(_NETEASE, "421", "HL:IFC"),
    "netease.connections": _of(_NETEASE, "421", "HL:ICC"),
    "netease.spf": _of(_NETEASE, "550", "MI:SPF"),
    "charter_cox.blocked": _of(_AUP, "554", "AUP#1230"),
    "charter_cox.reverse_dns": _of(_AUP, "421", "AUP#1120"),
    "charter_cox.connections": _of(_AUP, "421", "AUP#CXMXRT"),
    "charter_cox.sender": _of(_AUP, "554", "AUP#CXSNDR"),
    "microsoft.domain_listed": (
        "550 5.7.1 The HELO domain is in a list of Spamhaus (S8001)",
        "550 5.7.1 Service not given, return-path domain known to Spamhaus (S8002) [AM5.prod.protection.outlook.com]",
        "S8002",
    ),
}

WORDED = {
    "apple.volume": (
        "421 4.7.1 Deferred, this is too much volume; https://support.apple.com/en-us/HT204137",
        "450 4.7.1 Excessive volume to reader@icloud.test - wait (support.apple.com)",
        "421 Your volume is excessive. See https://support.apple.com/en-us/HT204137",
    ),
    "microsoft.replication_failed": (
        "451 4.4.0 No second server took a replica: replication did not succeed [DS3P.namprd04.prod.outlook.com]",
        "451 4.4.0 A shadow copy of the message could not be made [VI1P.eurprd05.prod.outlook.com]",
        "451 4.3.2 Secondary server unreachable, try again [VI1P.eurprd05.prod.outlook.com]",
    ),
    "microsoft.organisation_quota": (
        "450 4.7.3 Queue quota of this organisation is reached [BN8.eop-NAM04.prod.protection.outlook.com]",
        "450 4.7.3 Tenant over its quota for inbound mail [BN8.eop-NAM04.prod.protection.outlook.com]",
        "450 4.7.3 This organization has exceeded its queue limit [BN8.eop-NAM04.prod.protection.outlook.com]",
    ),
    "microsoft.address_form": (
        "501 5.1.3 Recipient badly formed [AM5EUR02FT020.eop-EUR02.prod.protection.outlook.com]",
        "501 5.1.3 This address cannot be right [AM5EUR02FT020.eop-EUR02.prod.protection.outlook.com]",
        "550 5.1.3 Syntax of the recipient [AM5EUR02FT020.eop-EUR02.prod.protection.outlook.com]",
    ),
    "microsoft.sender_refused_by_organisation": (
        "550 5.7.1 Delivery not authorised, message refused [VI1P.eurprd05.prod.outlook.com]",
        "550 5.1.0 Sender denied by a rule [AM5.eop-EUR02.prod.protection.outlook.com]",
        "550 5.7.1 Your delivery: delivery not authorized [VI1P.eurprd05.prod.outlook.com]",
    ),
    "microsoft.recipients_rejected": (
        "550 5.4.1 All recipient addresses rejected: Access denied [AM5.eop-EUR02.prod.protection.outlook.com]",
        "550 5.4.1 recipient addresses rejected - access denied [AM5.eop-EUR02.prod.protection.outlook.com]",
        "550 5.4.1 Recipient addresses rejected (Access denied)",
    ),
    "microsoft.recipient_rejected": (
        "550 5.4.1 Recipient address rejected : Access denied [AM5.eop-EUR02.prod.protection.outlook.com]",
        "550 5.4.1 [reader@customer.example]: recipient address rejected, access denied",
        "550 5.7.504 Recipient address rejected - Access denied",
    ),
    "gmail.low_reputation_ip": (
        "550-5.7.1 [192.0.2.10 3] The sending IP has a poor reputation. x1 - gsmtp",
        "550 5.7.1 [192.0.2.10] Blocked: low reputation of your IP address. x2 - gsmtp",
        "550 5.7.1 bad reputation of IP 192.0.2.10, see https://support.google.com/mail/answer/188131",
    ),
    "gmail.low_reputation_domain": (
        "550-5.7.1 [192.0.2.10 3] The domain that sends has a poor reputation. x1 - gsmtp",
        "550 5.7.1 Blocked: low reputation of your domain. x2 - gsmtp",
        "550 5.7.1 bad reputation of domain shop.example, see https://support.google.com/mail/answer/188131",
    ),
    "yahoo.refused_for_good": (
        "553 5.7.1 [TSS09] Mail from 192.0.2.10 is permanently blocked. See https://postmaster.yahooinc.com/error-codes",
        "553 5.7.2 [TSS11] 192.0.2.10: retries will not succeed; https://postmaster.yahooinc.com/error-codes",
        "553 All messages from 192.0.2.10 permanently deferred - mta4001.mail.gq1.yahoo.com",
    ),
    "yahoo.refused_for_good_by_code": (
        "553 5.7.2 [TSS11] 192.0.2.10 is permanently deferred",
        "553 5.7.1 [TSS09] Retrying will NOT succeed for 192.0.2.10",
        "421 4.7.1 [TS03] Mail from 192.0.2.10 is permanently rejected",
    ),
    "yahoo.connection_used_up": (
        "421 Max messages per connection reached - mta4001.mail.gq1.yahoo.com",
        "421 No more than 20 messages per session, closing - mta4001.mail.gq1.yahoo.com",
        "421 4.7.0 Most messages per connection were sent: https://postmaster.yahooinc.com/error-codes",
    ),
    "yahoo.recipient_rate": (
        "450 reader@yahoo.test is receiving mail too fast - mta4001.mail.gq1.yahoo.com",
        "450 The user is receiving email too quickly; see https://postmaster.yahooinc.com/error-codes",
        "451 4.2.1 mailbox receives mail too often - mta4001.mail.gq1.yahoo.com",
    ),
    "godaddy.unblock": (
        "554 RBL REJECT. Ask for unblocking at https://www.secureserver.net/unblock",
        "554 p3plibsmtp.prod.phx3.secureserver.net: RBL Reject",
        "554 192.0.2.10 - rbl reject - secureserver.net",
    ),
    "comcast.too_many_recent": (
        "452 4.1.1 <reader@comcast.net> has had too many recent messages",
        "452 Recent messages exceed what reader@comcast.net may take",
        "451 resimta.comcast.net: recent messages were too many",
    ),
    "comcast.quota": (
        "552 5.2.2 <reader@comcast.net> overquota",
        "552 reader@comcast.net: quota is used up",
        "550 5.2.2 resimta.comcast.net user has gone over quota",
    ),
    "orange.listed_csi": (
        "550 mwinf5c02 ME Non. OFR006_102 http://csi.cloudmark.com/reset-request/?ip=192.0.2.10 [102]",
        "554 Refus pour 192.0.2.10 OFR_102, voir http://csi.cloudmark.com/reset-request/ merci",
        "421 mwinf5c02 csi.cloudmark.com connait 192.0.2.10 OFR006_103 [103]",
    ),
    "united_internet.listed": (
        "554-gmx.net (mxgmx016) Nemesis ESMTP 554-192.0.2.10 is blocklisted. 554 see https://postmaster.gmx.net/en/x",
        "554 See https://postmaster.1und1.de/case?c=bl&i=ip&v=192.0.2.10 and ask there",
        "554 Your IP was blacklisted by us: https://postmaster.web.de/en/error-messages",
    ),
    "united_internet.policy_of_address": (
        "550 Rejected by policy restrictions, IP based. https://postmaster.gmx.net/en/error-messages",
        "550 This IP falls under policy restrictions - mxgmx016 Nemesis ESMTP",
        "421 Policy restrictions on IP 192.0.2.10 https://postmaster.web.de/en/x",
    ),
    "united_internet.reverse_dns": (
        "550 Wrong PTR resource record, https://postmaster.gmx.net/en/error-messages",
        "554 Nemesis ESMTP: no reverse name for 192.0.2.10",
        "550 bad PTR of your server, kundenserver.de",
    ),
    "united_internet.sender_records": (
        "550 Cannot find MX or AAAA of the sender, https://postmaster.gmx.net/en/error-messages",
        "550 No DNS MX record for you - kundenserver.de",
        "550 Nemesis ESMTP wants an MX or A record of shop.example",
    ),
    "mimecast.address_reputation": (
        "550 Global IP reputation (reject) - https://community.mimecast.com/docs/DOC-1369#550 [x]",
        "550 Your IP reputation is low. mimecast.com",
        "550 IP blacklisted at Mimecast [x]",
    ),
    "mimecast.senders_list": (
        "550 Rejected by a block policy for this sender - https://community.mimecast.com/docs/DOC-1369#550 [x]",
        "550 Blocked Senders of this user hold you - mimecast [x.us12]",
        "550 Anti-Spoofing policy: inbound not allowed - mimecast",
    ),
    "mimecast.greylisting": (
        "451 Internal resource temporarily not there - https://community.mimecast.com/docs/DOC-1369#451 [x]",
        "451 Our internal resources are temporarily unavailable, mimecast",
        "451 Internal resources temporarily busy - mimecast",
    ),
    "mimecast.inbound_off": (
        "451 This account: inbounds disabled - https://community.mimecast.com/docs/DOC-1369#451 [x]",
        "451 Account inbounds disabled by the administrator - mimecast",
        "550 inbounds disabled mimecast [x]",
    ),
    "mimecast.network_refused": (
        "554 Your host network not allowed here - https://community.mimecast.com/docs/DOC-1369#554 [x]",
        "554 This network not allowed, mimecast",
        "554 Host/network not allowed [x.uk22]",
    ),
    "mimecast.inbound_sessions": (
        "451 Account service temporarily unavailable - mimecast [x]",
        "451 The account service is temporarily unavailable, wait - mimecast",
        "451 account service is temporarily unavailable mimecast [x.us12]",
    ),
    "orange.client_refused": (
        "554 5.7.1 Client refused [192.0.2.10] LPN007_630",
        "554 Client host refused, voir OFR_506 [506]",
        "450 4.7.1 192.0.2.10 client rejected - mwinf5c02 - LPN000_630",
    ),
    "tencent.content": (
        "550 The content was denied: Mail content denied. http://service.mail.qq.com/detail/122/171",
        "550 Content denied for you, mail.qq.com",
        "554 Spam is embedded in this mail. http://service.mail.qq.com/detail/122/59",
    ),
    "tencent.suspected": (
        "550 Suspected spam ip 192.0.2.10 http://service.mail.qq.com/detail/122/66",
        "550 Suspected bounce attacks from you, mail.qq.com",
        "550 Connection denied http://service.mail.qq.com/detail/122/170",
    ),
    "tencent.suspected_sender": (
        "550 Suspected spam sender: http://service.mail.qq.com/detail/122/66",
        "550 You are a suspected spam sender, mail.qq.com",
        "554 One of our suspected spam senders, mx3.qq.com service.mail.qq.com",
    ),
    "tencent.suspected_mail": (
        "550 Suspected spam http://service.mail.qq.com/detail/122/71",
        "550 This is suspected spam, says mail.qq.com",
        "554 Suspected spam, mx3.qq.com service.mail.qq.com",
    ),
    "tencent.frequency": (
        "550 Ip frequency limited http://service.mail.qq.com/detail/122/172",
        "550 Sender frequency limited mail.qq.com",
        "450 Frequency exceeded http://service.mail.qq.com/x",
    ),
    "tencent.domain_frequency": (
        "550 Domain frequency limited mail.qq.com",
        "550 The frequency of your domain is too high http://service.mail.qq.com/x",
        "450 Domain frequency exceeded, mx3.qq.com service.mail.qq.com",
    ),
    "tencent.by_recipient": (
        "550 Your mail is rejected by recipients http://service.mail.qq.com/detail/122/92",
        "550 Rejected by recipient, mail.qq.com",
        "554 This was rejected by recipients of yours http://service.mail.qq.com/x",
    ),
    "t_online.address_refused": (
        "554 IP=192.0.2.10 - A problem occurred. Ask your postmaster for help or contact tosa@rx.t-online.de. (BL)",
        "554 192.0.2.10 nicht erlaubt, schreiben Sie an toda@rx.t-online.de (X)",
        "554 IP=192.0.2.10 bad. tosa@rx.t-online.de",
    ),
    "generic.list_setup_error": (
        "550 5.7.1 Denied: you query zen via a public/open resolver, see https://www.spamhaus.org/returnc/pub/",
        "554 Rejected because 192.0.2.10 is listed, 127.255.255.254 by zen.spamhaus.org",
        "554 5.7.1 192.0.2.10 blocked, dnsbl answered: excessive number of queries",
    ),
    "generic.domain_on_some_list": (
        "554 Your domain is listed by our filter",
        "550 5.7.1 HELO domain listed in dbl.customer.example, see there",
        "550 The return-path domain is on the list of bad ones",
    ),
    "generic.list_by_name": (
        "554 Your host appears on Spamcop",
        "550 5.7.1 Refused by the SORBS blocklist",
        "554 Mail refused: it is listed by UCEPROTECT today",
    ),
    "generic.null_sender": (
        "550 The empty return path is not accepted",
        "554 5.7.1 null senders rejected",
        "550 We have blocked mail with an empty sender",
    ),
    "generic.members_only": (
        "550 You are not subscribed to this list",
        "550 5.7.1 The group takes mail of approved senders only",
        "554 Non-members may write to the owner",
    ),
    "generic.named_host_blocked": (
        "554 5.7.1 Host at 192.0.2.10 is banned here",
        "550 The server at 192.0.2.10 was blocked yesterday",
        "554 Your MTA at 192.0.2.10, is blacklisted with us",
    ),
    "generic.address_of_bad_reputation": (
        "550 5.7.1 Low reputation of 192.0.2.10, sorry",
        "554 192.0.2.10: reputation too low",
        "550 A poor email reputation is what [192.0.2.10] has",
    ),
    "generic.sender_of_bad_reputation": (
        "550 5.7.1 You have a bad reputation",
        "554 Negative reputation. Bye",
        "550 Sender has a low reputation with us",
    ),
    "generic.country": (
        "554 5.7.1 Rejected for the geographical location of 192.0.2.10",
        "550 Your country is blocked by our GeoIP filter",
        "550 5.7.1 We do not accept connections out of this region",
    ),
    "generic.listed_domain": (
        "550 The domain in your mail is listed by Invaluement",
        "554 5.7.1 Links were found in the block list of SpamEatingMonkey",
        "550 5.7.1 Your domain appears on Abusix, rejected",
    ),
    "generic.temporary_lookup": (
        "451 4.4.3 DNS lookup timed out, try again",
        "450 4.7.0 Temporary failure of a DKIM key lookup",
        "451 Temporary resolution failure at our name server",
    ),
    "generic.domain_reputation": (
        "550 5.7.1 Sending domain has a bad reputation with us",
        "554 Your domain is blacklisted here",
        "550 5.7.1 Refused: the From domain was banned",
    ),
    "generic.authentication_not_passed": (
        "550 5.7.1 DMARC says no: policy of shop.example is reject",
        "554 5.7.0 The DKIM key of your message is invalid",
        "550 Your server is not permitted by the Sender Policy Framework of shop.example",
    ),
    "generic.unauthenticated_range": (
        "550 Mail from this network range is not authenticated and not wanted",
        "554 5.7.1 We want no unauthenticated email out of your netblock",
        "550 Nobody sends from that IP range without authentication",
    ),
    "generic.unauthenticated": (
        "550 5.7.1 We take no unauthenticated mail from outside",
        "554 Your message is not authenticated",
        "550 5.7.1 This failed authentication on arrival",
    ),
    "generic.pretended_sender": (
        "550 5.7.1 Spoofed mail refused",
        "554 The sender is forged, we think",
        "550 Rejected: suspicion of spoofing",
    ),
    "generic.sender_without_domain": (
        "501 Sender address is not a FQDN",
        "553 The envelope-from has no domain",
        "550 We want a fully qualified MAIL FROM",
    ),
    "generic.sender_domain": (
        "553 5.1.8 The envelope-from domain cannot be resolved",
        "550 Sender domain has no MX",
        "501 Your return-path is invalid",
    ),
    "generic.sender_domain_records": (
        "550 We need an MX or AAAA record to answer you",
        "554 Bad MX record, no mail accepted",
        "550 There is no usable MX",
    ),
    "generic.may_not_send_for": (
        "550 5.1.0 192.0.2.10 may not send mail from shop.example",
        "550 You are not permitted to send from this domain",
        "553 This host is not authorised to send from shop.example",
    ),
    "generic.dynamic_address": (
        "554 5.7.1 Your address is in a dynamic IP range, 192.0.2.10 refused",
        "550 No mail from residential lines, please",
        "554 Dial-up hosts have to use the relay of their provider",
    ),
    "generic.senders_own_list": (
        "550 5.7.1 Sender blocked at the wish of the reader",
        "554 This mail was refused by the recipient",
        "550 You stand on the personal blocklist of reader@customer.example",
        "550 5.7.1 This recipient does not want mail of yours",
    ),
    "generic.address_called_bad": (
        "554 5.5.4 Spam IP 192.0.2.10 turned away",
        "553 5.7.1 No relaying for you: your IP was identified as a spammer",
        "421 4.3.2 Your IP (192.0.2.10) is filtered, closing",
    ),
    "generic.recipient_rate": (
        "450 4.2.1 Mailbox has received too many mails just now",
        "451 The recipient's domain is over its hourly quota",
        "450 4.2.1 This account is receiving mail at a rate we do not take",
    ),
    "generic.connection_words": (
        "421 4.7.0 Maximum of sessions for you reached",
        "421 You may hold five parallel connections",
        "450 4.7.1 Trop de sessions ouvertes",
    ),
    "generic.address_refused": (
        "550 5.7.1 Mail from IP 192.0.2.10 is not welcome",
        "554 Access for your server was denied",
        "554 5.7.1 Adresse IP 192.0.2.10 bloquee chez nous",
    ),
    "generic.client_refused": (
        "550 5.7.1 Client host [192.0.2.10] is banned on this system",
        "554 <mail.shop.example[192.0.2.10]>: Client host rejected: go away",
        "550 Client mail.shop.example[192.0.2.10] refused by our rules",
    ),
    "generic.refused_by_list": (
        "554 5.7.1 Refused, blacklisted",
        "550 You were found in our block list",
        "554 RBL hit. Bye",
    ),
    "generic.access_refused": (
        "550 5.7.1 Connection to this mail system was refused",
        "554 Your access to our system is blocked",
        "554 We deny you access to submit mail",
    ),
    "generic.host_refused": (
        "554 Your host may not connect",
        "550 5.7.1 You are not permitted to connect here",
        "554 We take no mail from your relay",
    ),
    "generic.address_blocked": (
        "554 192.0.2.10 banned for an hour",
        "550 5.7.1 [192.0.2.10] has been blocklisted until Monday",
        "554 Host 192.0.2.10 barred for today",
    ),
    "generic.rate_phrases": (
        "451 4.7.1 Rate limited, slow down",
        "421 Mail from new IPs arrives too quickly",
        "450 More than 100 an hour: you send too many emails",
    ),
    "generic.size_phrases": (
        "552 5.3.4 Your mail exceeds the maximum size",
        "552 This message is too large for us",
        "550 The email exceeds the maximum message size of 10 MB",
    ),
    "generic.full_words": (
        "552 The storage of this reader has been exceeded",
        "550 Inbox voll",
        "552 5.7.1 maildir is overdrawn",
    ),
    "generic.unknown_user_phrases": (
        "550 5.7.1 Recipient could not be found",
        "550 Unbekannter Empfänger reader@customer.example",
        "553 Sorry, nonexistent user",
    ),
    "generic.inbound_off": (
        "450 Incoming mail is suspended for this customer",
        "550 5.2.1 Inbound is disabled at this domain",
        "451 incoming deactivated",
    ),
    "generic.rfc_form": (
        "550 5.7.0 Make your message conform to RFC5322",
        "554 Not RFC 2822 compliant",
        "550 The headers violate RFC 5322",
    ),
    "generic.header_form": (
        "550 The Date header is missing",
        "554 5.6.0 Message-ID is absent",
        "550 Messages with duplicate headers stay out",
    ),
    "generic.sender_of_spam": (
        "550 5.7.1 You are a known spammer here",
        "554 Rejected as a source of spam",
        "450 This host sends spam, later please",
    ),
    "generic.policy_of_domain": (
        "550 Our policies say no, based on your domain",
        "554 5.7.1 Rejected by policy (based on the sender's domain)",
        "450 Domain-based policy, try later",
    ),
    "generic.content_phrases": (
        "554 5.7.1 A virus was found",
        "550 Your attachment is not allowed",
        "554 Refused, this is junk",
    ),
    "generic.message_filtered": (
        "553 Your message was stopped: message filtered",
        "550 Sorry, message content",
        "550 This was filtered by our service",
    ),
    "generic.put_off": (
        "451 Please retry",
        "421 4.3.2 We are busy, later please",
        "450 4.7.1 Service unavailable",
    ),
}

REWORDINGS = {**CODED, **WORDED}
