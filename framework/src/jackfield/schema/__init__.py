"""JSON Schemas: of functions, and checking data against them."""
