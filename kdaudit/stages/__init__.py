"""One module per stage: the only place where files meet logic."""
