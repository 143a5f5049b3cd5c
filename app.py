"""The CDK app: one configuration file in, the stacks of one sender out.

The file is the context value `config`; `spf-answers.json` beside it says what DNS said. Nothing here asks AWS, DNS or
git. The templates never depend on the day: it decides only whether an acknowledgement still counts, and is the context
value `today` where one is given. With the context value `nag` the AwsSolutions rules judge every stack as well, with
`validate` CloudFormation's own: they cost every synthesis seconds, so tests and `make deploy` ask for them.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import aws_cdk as cdk

from stacks.constructs import origin
from stacks.sender import add_stacks
from staygreen.core.blocklist.catalogue import load
from staygreen.core.blocklist.selection import known_lists
from staygreen.core.config.parser import read_file
from staygreen.core.errors import ConfigError, StaygreenError
from staygreen.core.records.spf_answers import FILENAME
from staygreen.review.loading import read_answers
from staygreen.review.plugin import MailReview


def main() -> int:
    """Synthesise; 1 when the configuration cannot be used, with every problem on stderr."""
    app = cdk.App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    filename = str(app.node.try_get_context("config") or "")
    if not filename:
        print("no configuration file: give --context config=FILE", file=sys.stderr)
        return 1
    try:
        reading = read_file(Path(filename).read_text(encoding="utf-8"), filename, known_lists(load()))
        answers = read_answers(Path(filename).parent)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        print(f"{filename}: cannot be read: {reason}", file=sys.stderr)
        return 1
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 1
    except StaygreenError as error:
        print(error, file=sys.stderr)
        return 1
    for warning in reading.warnings:
        print(f"{warning} (warning)", file=sys.stderr)
    add_stacks(app, reading.config)
    origin.tell(app, reading, filename)
    cdk.Validations.of(app).add_plugins(MailReview(_today(app), answers))
    if _asks_for(app, "nag"):
        from cdk_nag import AwsSolutionsChecks

        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    if _asks_for(app, "validate"):
        cdk.Validations.of(app).add_plugins(cdk.CloudFormationValidatePlugin())
    assembly = app.synth()
    if answers.entries:
        # a review of the assembly counts from the same answers
        Path(assembly.directory, FILENAME).write_text(answers.text(), encoding="utf-8")
    return 0


def _asks_for(app: cdk.App, context: str) -> bool:
    return str(app.node.try_get_context(context)).lower() == "true"


def _today(app: cdk.App) -> date:
    given = app.node.try_get_context("today")
    return date.fromisoformat(str(given)) if given else datetime.now(UTC).date()


if __name__ == "__main__":
    sys.exit(main())
