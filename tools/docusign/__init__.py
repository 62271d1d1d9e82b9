"""DocuSign: the connector."""
