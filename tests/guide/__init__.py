"""Runs the commands of docs/guide.md; not part of the tests, since it trains."""
