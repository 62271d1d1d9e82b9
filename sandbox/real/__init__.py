"""Real systems that play the invented company: free software that runs on this machine."""
