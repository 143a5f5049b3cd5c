"""The CDK app: one configuration file in, the stacks of one sender out.

The file is the context value `config`. Nothing here asks AWS, DNS, git or the clock.
With the context value `nag` the AwsSolutions rules judge every stack as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk

from lambdas.core.blocklists import load
from lambdas.core.config.lists import from_catalogue
from lambdas.core.config.parser import read_file
from lambdas.core.errors import ConfigError
from stacks.sender import add_stacks


def main() -> int:
    """Synthesise; 1 when the configuration cannot be used, with every problem on stderr."""
    app = cdk.App(analytics_reporting=False)
    filename = str(app.node.try_get_context("config") or "")
    if not filename:
        print("no configuration file: give --context config=FILE", file=sys.stderr)
        return 1
    try:
        reading = read_file(Path(filename).read_text(encoding="utf-8"), filename, from_catalogue(load()))
    except OSError as error:
        print(f"{filename}: {error.strerror}", file=sys.stderr)
        return 1
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 1
    for warning in reading.warnings:
        print(f"{warning} (warning)", file=sys.stderr)
    add_stacks(app, reading.config)
    if str(app.node.try_get_context("nag")).lower() == "true":
        # loaded only when asked: the rules cost every synthesis seconds
        from cdk_nag import AwsSolutionsChecks

        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
