"""SAP Ariba: the connector."""
