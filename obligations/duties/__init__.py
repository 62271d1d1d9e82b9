"""What the rules of duties count with: schedules, happenings, cover, deeds."""
