"""Everything that runs in a Lambda function: the core, its adapters and the handlers."""
