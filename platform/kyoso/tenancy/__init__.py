"""Tenancy (自治体): which municipalities there are, as their folders under tenants/ declare them."""
