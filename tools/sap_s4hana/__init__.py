"""SAP S/4HANA: the connector."""
