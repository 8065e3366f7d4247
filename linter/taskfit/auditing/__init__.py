"""An audit of what is deployed: queries AWS, reads the responses, and builds the inventory."""
