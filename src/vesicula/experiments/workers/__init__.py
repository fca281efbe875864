"""Where many runs are done: processes of this machine, or workers of a cluster; the bits are the same."""
