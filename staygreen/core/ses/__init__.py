"""What SES says of an account's sending: rates, volumes, reputation, the suppression list."""
