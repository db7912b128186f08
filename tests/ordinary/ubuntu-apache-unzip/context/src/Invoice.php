<?php
namespace Acme;
class Invoice {}
