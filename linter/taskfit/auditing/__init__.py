"""An audit of what is deployed: asks AWS, reads the answers, and takes stock."""
