<?php
namespace App\Models;
class Item extends \Illuminate\Database\Eloquent\Model {}
