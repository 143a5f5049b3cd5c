"""What is told of reports: findings with their evidence, what it means and what to do."""
