"""What other systems tell about a duty: compared over time, in sentences' worth of figures. Pure but for the collectors."""
