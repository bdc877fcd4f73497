"""The hidden Markov model of riding the same trail twice: transition, forward-backward, posteriors, segments."""
