"""What leaves the grader: exports and pages."""
