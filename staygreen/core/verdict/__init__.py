"""All evidence about one subject, judged as one verdict."""
