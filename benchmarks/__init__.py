"""What is timed or calibrated, against what; each module prints its table as Markdown."""
