"""Applications (応募) to the town's recruitments: talk, choice, answer, and erasure in time."""
