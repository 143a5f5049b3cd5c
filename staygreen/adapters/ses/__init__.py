"""SES: receipt rules, the suppression list, sending metrics."""
