"""SAP revenue accounting: the connector."""
