"""Long lists of jobs: each in a process of its own, here or on a cluster, each computed once."""
