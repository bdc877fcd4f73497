"""Times of many runs of one trail, and where they were lost: what maps say in numbers, each with its uncertainty."""
