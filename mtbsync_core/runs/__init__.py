"""Many runs: what they cost, how good they are, and whether they are getting worse."""
