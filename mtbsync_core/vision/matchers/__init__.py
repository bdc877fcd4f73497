"""The matchers of local features, one a file; `registry` has what each must do."""
