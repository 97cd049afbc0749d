"""Real archives, and real logs as files, damaged at random: everything is found, and nothing is invented."""
