"""The account that repairs read and change."""
