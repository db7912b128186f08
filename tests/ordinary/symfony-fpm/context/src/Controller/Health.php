<?php
namespace App\Controller;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Routing\Attribute\Route;
class Health { #[Route('/health')] public function __invoke(): Response { return new Response((new \NumberFormatter('fr_FR', \NumberFormatter::SPELLOUT))->format(42)); } }
