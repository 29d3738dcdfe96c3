"""The workflow: one rule per stage, run by Snakemake."""
