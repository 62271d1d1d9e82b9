"""One reader for each kind of obligation, by the kind's name.

A reader is a module with `KIND` and `read(context)`, which yields Drafts (and Unread promises). To read
a new kind, add its file and its line here.
"""

from collections.abc import Callable, Iterator

from extraction.context import Context
from extraction.model import Draft, Unread
from extraction.readers import (
    audit_right,
    availability,
    cure_period,
    delivery,
    delivery_performance,
    duty,
    early_payment_discount,
    fee,
    holdback,
    insurance,
    late_interest,
    liquidated_damages,
    milestone_payment,
    minimum_commitment,
    payment_due,
    price_change,
    rate_card,
    rebate,
    renewal,
    renewal_notice,
    reporting,
    resolution_time,
    response_time,
    retention,
    revenue_share,
    service_credit,
    spend_limit,
    term,
    termination_notice,
    ticket_share,
    update_time,
    volume_discount,
    warranty,
)

Reader = Callable[[Context], Iterator[Draft | Unread]]

READERS: dict[str, Reader] = {
    response_time.KIND: response_time.read,
    resolution_time.KIND: resolution_time.read,
    update_time.KIND: update_time.read,
    ticket_share.KIND: ticket_share.read,
    availability.KIND: availability.read,
    service_credit.KIND: service_credit.read,
    payment_due.KIND: payment_due.read,
    reporting.KIND: reporting.read,
    term.KIND: term.read,
    renewal.KIND: renewal.read,
    renewal_notice.KIND: renewal_notice.read,
    warranty.KIND: warranty.read,
    fee.KIND: fee.read,
    late_interest.KIND: late_interest.read,
    milestone_payment.KIND: milestone_payment.read,
    revenue_share.KIND: revenue_share.read,
    delivery.KIND: delivery.read,
    cure_period.KIND: cure_period.read,
    audit_right.KIND: audit_right.read,
    insurance.KIND: insurance.read,
    retention.KIND: retention.read,
    termination_notice.KIND: termination_notice.read,
    minimum_commitment.KIND: minimum_commitment.read,
    price_change.KIND: price_change.read,
    early_payment_discount.KIND: early_payment_discount.read,
    holdback.KIND: holdback.read,
    spend_limit.KIND: spend_limit.read,
    liquidated_damages.KIND: liquidated_damages.read,
    volume_discount.KIND: volume_discount.read,
    rebate.KIND: rebate.read,
    delivery_performance.KIND: delivery_performance.read,
    rate_card.KIND: rate_card.read,
    duty.KIND: duty.read,
}
