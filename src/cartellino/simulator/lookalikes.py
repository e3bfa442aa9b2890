"""Honest people whose work looks like an attack, beside attacks that look like honest work.

>>> len(HONEST) >= 18, len(ATTACKS) >= 11
(True, True)
"""

from __future__ import annotations

from cartellino.simulator.attacks.bought_numbers import BoughtNumbers
from cartellino.simulator.attacks.lure import Lure
from cartellino.simulator.attacks.money_pleas import MoneyPleas
from cartellino.simulator.attacks.patient_enumerator import PatientEnumerator
from cartellino.simulator.attacks.patient_swindler import PatientSwindler
from cartellino.simulator.attacks.quiet_farm import QuietFarm
from cartellino.simulator.attacks.rented import Rented
from cartellino.simulator.attacks.reply_bait import ReplyBait
from cartellino.simulator.attacks.slow_stuffer import SlowStuffer
from cartellino.simulator.attacks.spun_bulk import SpunBulk
from cartellino.simulator.attacks.warm_up import WarmUp
from cartellino.simulator.habit import Habit
from cartellino.simulator.people.address_book import AddressBook
from cartellino.simulator.people.carrier_nat import CarrierNat
from cartellino.simulator.people.class_speaker import ClassSpeaker
from cartellino.simulator.people.courier import Courier
from cartellino.simulator.people.courted import Courted
from cartellino.simulator.people.dormitory import Dormitory
from cartellino.simulator.people.farmed_victim import FarmedVictim
from cartellino.simulator.people.greeter import Greeter
from cartellino.simulator.people.health_worker import HealthWorker
from cartellino.simulator.people.host import Host
from cartellino.simulator.people.new_number import NewNumber
from cartellino.simulator.people.organiser import Organiser
from cartellino.simulator.people.phone_shop import PhoneShop
from cartellino.simulator.people.private_seller import PrivateSeller
from cartellino.simulator.people.recruiter import Recruiter
from cartellino.simulator.people.recycled_number import RecycledNumber
from cartellino.simulator.people.shared_phone import SharedPhone
from cartellino.simulator.people.uncertified_phone import UncertifiedPhone
from cartellino.simulator.people.volunteer import Volunteer

HONEST: tuple[type[Habit], ...] = (
    Courier, Organiser, Recruiter, PrivateSeller, NewNumber, Host, HealthWorker, Greeter, RecycledNumber, ClassSpeaker,
    SharedPhone, Dormitory, CarrierNat, PhoneShop, UncertifiedPhone, AddressBook, Volunteer, Courted, FarmedVictim,
)  # fmt: skip

ATTACKS: tuple[type[Habit], ...] = (
    WarmUp, ReplyBait, Lure, QuietFarm, SpunBulk, SlowStuffer, PatientEnumerator, PatientSwindler, MoneyPleas, Rented,
    BoughtNumbers,
)  # fmt: skip
