"""Review a pull request against somebody else's CDK app by the action's steps, from a clean checkout.

The app is kmitch92/email-forwarding-cdk on GitHub, at f9ebbad. Its base gets bounce events and an SMTP user, which it
lacks; the pull request takes these away, and its MX record. Needs Node.js and npm's registry.

``python -m tests.review.public_app GIT_DIRECTORY`` prints the comment, and leaves with 0 when the job failed for the MX
record, the bounce events and the SMTP password.
"""

import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from tests.review.test_action import Job, git

STACK = "lib/email-forwarding-stack.ts"
END = "    // 15. CfnOutputs\n"
SENDING = """    const bounces = new sns.Topic(this, 'Bounces');
    const sent = new ses.ConfigurationSet(this, 'Sent');
    sent.addEventDestination('ToBounces', {
      destination: ses.EventDestination.snsTopic(bounces),
      events: [ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT],
    });
    const smtp = new iam.User(this, 'SmtpUser');
    smtp.addToPolicy(new iam.PolicyStatement({ actions: ['ses:SendRawEmail'], resources: ['*'] }));
    new iam.CfnAccessKey(this, 'SmtpKey', { userName: smtp.userName });
"""
CONTEXT = {
    "aws:cdk:bundling-stacks": [],
    "hosted-zone:account=111122223333:domainName=yourbusiness.com:region=eu-west-1": {
        "Id": "/hostedzone/Z0123456789",
        "Name": "yourbusiness.com.",
    },
}
SYNTH = """npm ci --no-audit --no-fund --silent
cp local.config.example.json local.config.json
export CDK_DEFAULT_ACCOUNT=111122223333 CDK_OUTDIR="$OUTPUT"
CDK_CONTEXT_JSON="$(cat synth-context.json)" npx ts-node --prefer-ts-exts bin/email-forwarding.ts
"""
EXPECTED = {"mx-removed", "events-removed", "smtp-password-ends"}


def between(text: str, first: str, last: str) -> str:
    return text[text.index(first) : text.index(last)]


def pull_request(source: str, directory: Path) -> SimpleNamespace:
    """A repository as actions/checkout leaves it at GitHub's merge of the pull request."""
    app = directory / "app"
    git(directory, "clone", "--quiet", source, "app")
    git(app, "checkout", "--quiet", "-B", "main")
    stack = app / STACK
    before = stack.read_text().replace(END, SENDING + END)
    stack.write_text(before)
    (app / "synth-context.json").write_text(json.dumps(CONTEXT))
    git(app, "add", "-A")
    git(app, "commit", "--quiet", "-m", "bounce events and an SMTP user")
    git(app, "checkout", "--quiet", "-b", "change")
    kept = before.replace(between(before, "    sent.addEventDestination", END), "")
    stack.write_text(kept.replace(between(kept, "    // 6. MX record", "    // 7. SPF"), ""))
    git(app, "commit", "--quiet", "-am", "lose them")
    head = git(app, "rev-parse", "HEAD")
    git(app, "checkout", "--quiet", "main")
    git(app, "commit", "--quiet", "--allow-empty", "-m", "main moves on")
    base = git(app, "rev-parse", "HEAD")
    git(app, "checkout", "--quiet", "-b", "merge")
    git(app, "merge", "--quiet", "--no-ff", "-m", "merge", "change")
    git(directory, "clone", "--quiet", "--depth", "2", "--branch", "merge", f"file://{app}", "checkout")
    return SimpleNamespace(head=head, base=base, checkout=directory / "checkout")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        job = Job(directory, pull_request(sys.argv[1], directory), synth=SYNTH, configuration="live")
        status = job.run()
        print(job.log)
        print((directory / "temp" / "staygreen-review" / "review" / "review.md").read_text())
        stops = {one["rule"] for one in job.review["findings"] if one["severity"] == "stop"}
    return 0 if status == 1 and stops >= EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
