"""SAP S/4HANA: the stand-in."""
