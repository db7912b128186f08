<?php
use Illuminate\Support\Facades\Route;
Route::get('/', fn () => view('welcome'));
Route::get('/thumb/{id}', [App\Http\Controllers\ThumbController::class, 'show']);
