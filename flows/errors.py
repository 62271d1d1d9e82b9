"""Errors of the flows.

PactaError
└── FlowError
    ├── SettingsError    a setting or the configuration file is wrong; names the key and the file
    ├── UnknownSystem    a connector that is not configured
    └── NotReady         something the question or command needs has not happened yet
"""

from obligations.errors import PactaError


class FlowError(PactaError):
    """A flow could not do what was asked."""


class SettingsError(FlowError):
    """A setting that cannot be used."""


class UnknownSystem(FlowError):
    """No such connector in the configuration."""


class NotReady(FlowError):
    """Nothing there yet to work on."""
