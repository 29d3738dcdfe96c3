"""The command line: one file per subcommand with its options, help and exit codes; no logic."""
