"""共創ネットワーク: public–private co-creation for small municipalities, each in a tenant of its own."""
