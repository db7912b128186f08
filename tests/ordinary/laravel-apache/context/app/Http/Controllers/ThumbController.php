<?php
namespace App\Http\Controllers;
use Intervention\Image\Facades\Image;
class ThumbController { public function show($id) { return Image::make(storage_path("app/public/$id.jpg"))->fit(200)->response('png'); } }
