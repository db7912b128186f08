<?php
namespace App\Http\Controllers;
use Intervention\Image\Facades\Image;
class HomeController { public function thumb() { return Image::make(storage_path('app/a.jpg'))->resize(300, null)->response(); } }
