"""SAP revenue accounting behind a customer's own OData service: the stand-in."""
