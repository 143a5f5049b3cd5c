"""`python -m staygreen`: the `staygreen` command."""

from staygreen.cli.main import main

if __name__ == "__main__":
    main()
