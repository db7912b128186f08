<?php
namespace Booking;
class Slot {}
