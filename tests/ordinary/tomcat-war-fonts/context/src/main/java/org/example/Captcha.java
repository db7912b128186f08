package org.example;

import java.awt.*;
import java.awt.image.BufferedImage;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.servlet.annotation.WebServlet;
import javax.servlet.http.*;

@WebServlet("/captcha.png")
public class Captcha extends HttpServlet {
    protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException {
        BufferedImage i = new BufferedImage(100, 30, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = i.createGraphics();
        g.setFont(new Font("DejaVu Sans", Font.BOLD, 20));
        g.drawString("x7Kq", 5, 22);
        r.setContentType("image/png");
        ImageIO.write(i, "png", r.getOutputStream());
    }
}
